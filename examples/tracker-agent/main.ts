import process from 'node:process'
import { nodeWebSocket } from '@holdfast/transport-node'
import { commandAgent } from './command-agent.ts'

const trackerUrl = process.env['HOLDFAST_URL'] ?? 'http://127.0.0.1:4600'
const token = process.env['HOLDFAST_TOKEN'] ?? ''

const agent = commandAgent({
  transport: nodeWebSocket(),
  trackerUrl,
  token,
  onError: (error) => console.error(error.code, error.details),
  onStatus: (status) => console.log(status.state),
})
process.once('SIGINT', () => void agent.stop())
await agent.start()
console.log(`attached to ${trackerUrl}; projects: ${agent.projects.map(({ name }) => name).join(', ')}`)
