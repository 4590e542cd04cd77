import { lazily } from './lazy.ts'

/** What only sessions of coding agents have: it comes with the first of them. */
export const AGENT = lazily(() => import('../agent/index.ts'))
