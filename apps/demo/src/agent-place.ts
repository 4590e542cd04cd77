import { fileURLToPath } from 'node:url'

/** The agent of the demonstration, built: plain Node runs nothing else. */
export const DEMO_AGENT: string = fileURLToPath(new URL('../dist/demo-agent.js', import.meta.url))
