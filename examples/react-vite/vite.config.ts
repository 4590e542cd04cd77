import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  plugins: [react()],
  // `@holdfast/words`: what `useDoctor()` explains is shown to people, in sentences. `@holdfast/source`: from the sources of this
  // repository; in a project of yours, the packages are enough: ['@holdfast/words', ...defaultClientConditions].
  resolve: { conditions: ['@holdfast/words', '@holdfast/source', 'module', 'browser', 'development|production'] },
})
