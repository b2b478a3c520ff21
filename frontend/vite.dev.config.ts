import { defineConfig, mergeConfig } from 'vite'
import base from './vite.config.ts'

/** The harness without a server: `dev.html` with an in-memory lab. Never part of `dist`. */
export default mergeConfig(
  { ...base, build: { ...base.build, rollupOptions: {}, outDir: undefined } },
  defineConfig({
    base: '/',
    build: {
      outDir: 'node_modules/.cache/harness',
      emptyOutDir: true,
      manifest: false,
      rollupOptions: { input: 'dev.html' },
    },
  }),
)
