import { defineConfig } from 'vite'

export default defineConfig({
  root: 'src',
  // The gateway serves it from wherever it is mounted.
  base: './',
  // What clients explain is shown to people, in sentences.
  resolve: { conditions: ['@holdfast/source', '@holdfast/words', 'module', 'browser', 'development|production'] },
  build: { outDir: '../dist', emptyOutDir: true, target: 'es2022', reportCompressedSize: true },
})
