// Runs the program in Node.js, Bun or Deno and writes the results as JSON. Exits by itself once nothing is left.
import { browserWebSocket } from '@holdfast/transport-browser'
import { program } from './program.ts'

const [server = '', wanted] = process.argv.slice(2)
const transport =
  wanted === 'node' ? (await import('@holdfast/transport-node')).nodeWebSocket({ proxy: false }) : browserWebSocket()
process.stdout.write(`${JSON.stringify(await program({ server, transport }))}\n`)
