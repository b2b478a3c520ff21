import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

// What needs no document: making one takes seconds, more than all the tests of such a file.
const PURE = [
  'tests/app/*.test.ts',
  'tests/canvas/{cable-label,rows,view,vlans}.test.ts',
  'tests/model/*.test.ts',
  'tests/panels/{access,answers,check,console,meant,outcome,passing,preflight,rows}.test.ts',
  'tests/panels/{vlan-text,words}.test.ts',
  'tests/store/cloning.test.ts',
]

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  test: {
    projects: [
      { extends: true, test: { name: 'pure', environment: 'node', include: PURE } },
      {
        extends: true,
        test: {
          name: 'dom',
          environment: 'jsdom',
          include: ['tests/**/*.test.{ts,tsx}', 'src/**/*.test.{ts,tsx}'],
          exclude: PURE,
          setupFiles: ['tests/setup.ts'],
        },
      },
    ],
    restoreMocks: true,
    // Typing into a panel takes long on a busy machine, and hanging for ever is told all the same.
    testTimeout: 30_000,
  },
})
