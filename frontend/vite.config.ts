import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

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
  // Django serves the page and asks for the sources here: TRUNKLINE_VITE_DEV=1.
  server: { host: 'localhost', port: 5173, strictPort: true },
})
