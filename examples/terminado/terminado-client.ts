import * as holdfast from '@holdfast/core'
import { type ClientOptions, engineOptions, freshOf, pingOptions } from '@holdfast/core/client'
import { retryPolicyBy } from '@holdfast/core/protocol'
import { decisionOf, type In, type Out, ProgramEnded, type Size } from './terminado-messages.ts'

interface TerminalOptions extends ClientOptions {
  /** Of the terminal: `wss://notebook.example/terminals/websocket/1`. */
  readonly url: string
  /** @defaultValue 24 rows, 80 columns */
  readonly size?: Size
}

/** A terminal of Jupyter's terminado. After a gap the server repeats what it has kept: clear the screen there. */
export function connectTerminal(options: TerminalOptions) {
  let size: Size = options.size ?? [24, 80]
  let isAgain = false
  const protocol: holdfast.ClientProtocol<In, Out> = {
    name: 'terminado',
    codec: holdfast.jsonText(),
    liveness: holdfast.transportPing(pingOptions(options)),
    async handshake(link) {
      await link.next(([kind]) => kind === 'setup', 'setup')
      link.send(['set_size', ...size])
      const gap = isAgain ? { reason: 'repeated' } : undefined
      isAgain = true
      return { gap }
    },
    receive([kind], context) {
      if (kind === 'disconnect') context.fail(new ProgramEnded())
      return kind !== 'stdout'
    },
    retryPolicy: retryPolicyBy({ meaning: decisionOf }),
  }
  const connection = new holdfast.Connection({
    ...engineOptions(options),
    target: async (context) => {
      const token = await freshOf(options.token, context)
      return { url: options.url, headers: token === undefined ? {} : { Authorization: `token ${token}` } }
    },
    protocol,
  })
  return {
    connection,
    /** Output, and a gap where the server repeats from there what it has kept. */
    output: () => holdfast.items(connection),
    /** Never typed twice: resolves when the server has it, rejects with `delivery/in_doubt` where it is unknown. */
    type: (text: string) => connection.send(['stdin', text]),
    resize(...now: Size): void {
      size = now
      connection.write(['set_size', ...size])
    },
  }
}
