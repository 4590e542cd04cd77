import { startServer } from './server.ts'

const tokens = (process.env['HUB_TOKENS'] ?? 'secret=me:lead+control+observe').split(',')
const running = startServer({ path: process.env['HUB_FILE'] ?? 'sessions.db', tokens })
running.server.listen(4700, '127.0.0.1', () => console.log('http://127.0.0.1:4700'))
// Clients are asked to come back, and what was acknowledged is on the disk.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void running.close())
