import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  plugins: [react()],
  // From the sources of this repository; in a project of yours, the packages are enough.
  resolve: { conditions: ['@holdfast/source', 'module', 'browser', 'development|production'] },
})
