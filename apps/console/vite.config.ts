import { defineConfig } from 'vite'

export default defineConfig({
  root: 'src',
  // The gateway serves it from wherever it is mounted.
  base: './',
  resolve: { conditions: ['@holdfast/source', 'module', 'browser', 'development|production'] },
  build: { outDir: '../dist', emptyOutDir: true, target: 'es2022', reportCompressedSize: true },
})
