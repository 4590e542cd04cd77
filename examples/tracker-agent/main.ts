import process from 'node:process'
import { nodeWebSocket } from '@holdfast/transport-node'
import { commandAgent } from './command-agent.ts'

const url = process.env['HOLDFAST_URL'] ?? 'http://127.0.0.1:4600'
const token = process.env['HOLDFAST_TOKEN'] ?? ''

const agent = commandAgent({
  transport: nodeWebSocket(),
  url,
  token,
  onProblem: (error) => console.error(error.code, error.details),
  onStatus: () => console.log(agent.explain()),
})
process.once('SIGINT', () => void agent.close())
await agent.connect()
console.log(`attached to ${url}; projects: ${agent.projects.map(({ name }) => name).join(', ')}`)
