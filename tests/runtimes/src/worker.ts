// Runs the program in workerd: a request begins it, the response is the results.
import { browserWakeSignals, browserWebSocket } from '@holdfast/transport-browser'
import { program } from './program.ts'

export default {
  async fetch(request: Request): Promise<Response> {
    const server = new URL(request.url).searchParams.get('server') ?? ''
    const results = await program({ server, transport: browserWebSocket(), signals: browserWakeSignals() })
    return Response.json(results)
  },
}
