import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** Where the Django server answers while `npm run dev` serves the sources. */
const server = process.env['TRUNKLINE_DEV_SERVER'] ?? 'http://127.0.0.1:8000'

export default defineConfig({
  base: '/static/',
  plugins: [react()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    outDir: 'dist',
    // collectstatic skips folders that start with a dot, so the manifest stands beside the assets.
    manifest: 'manifest.json',
    rollupOptions: { input: 'src/main.tsx' },
    target: 'es2022',
    // A data: URL would need a hole in the content security policy.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1600,
  },
  worker: { format: 'es' },
  server: {
    host: '127.0.0.1',
    proxy: {
      '/api': server,
      '/ws': { target: server, ws: true },
      '/accounts': server,
    },
  },
})
