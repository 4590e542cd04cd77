// Runs the program in Node.js, Bun or Deno and writes the results as JSON. Exits by itself once nothing is left.
import { browserWebSocket } from '@holdfast/transport-browser'
import { program } from './program.ts'
import { refuses } from './refusing.ts'

const [server = '', wanted, traits] = process.argv.slice(2)
const transport =
  wanted === 'node' ? (await import('@holdfast/transport-node')).nodeWebSocket({ proxy: false }) : browserWebSocket()
const results =
  traits === undefined
    ? await refuses({ server, transport })
    : program({ server, transport, traits: JSON.parse(traits) })
process.stdout.write(`${JSON.stringify(await results)}\n`)
