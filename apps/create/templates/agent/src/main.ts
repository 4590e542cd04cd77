import { startServer } from './server.ts'

const tokens = (process.env['AGENT_TOKENS'] ?? 'secret=me:lead+control+observe').split(',')
const running = await startServer({ path: 'sessions.db', tokens, folder: process.cwd() })
running.server.listen(4700, '127.0.0.1', () => console.log('http://127.0.0.1:4700/acp'))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void running.close())
