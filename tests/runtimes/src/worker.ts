// Runs the program in workerd: a request begins it, the response is the results.
import { browserWakeSignals, browserWebSocket } from '@holdfast/transport-browser'
import { program } from './program.ts'
import { RUNTIME_TRAITS } from './runtime-traits.ts'

export default {
  async fetch(request: Request): Promise<Response> {
    const server = new URL(request.url).searchParams.get('server') ?? ''
    const { workerd: traits } = RUNTIME_TRAITS
    return Response.json(
      await program({ server, traits, transport: browserWebSocket(), signals: browserWakeSignals() }),
    )
  },
}
