import { CheckedClient, type ClientTarget } from '../checking/checked-client.ts'
import type { Json } from '../checking/json.ts'
import type { Stage } from '../checking/rows.ts'
import { SHELL_ID, ShellClientLink } from './client-link.ts'

/** A server of shells that does what the row says, and the client that is checked. */
export class ShellClientScene implements Stage {
  readonly client: CheckedClient<ShellClientLink>

  private constructor(client: CheckedClient<ShellClientLink>) {
    this.client = client
  }

  static async open(target: ClientTarget): Promise<ShellClientScene> {
    const client = await CheckedClient.open({
      target,
      link: (socket, request) => new ShellClientLink(socket, request, target),
      describe: ({ url }) => url,
    })
    return new ShellClientScene(client)
  }

  /** The next connection. */
  async arrival(): Promise<ShellClientLink> {
    if (!this.client.isStarted) this.client.start({ HOLDFAST_SHELL: SHELL_ID })
    return this.client.arrival()
  }

  /** The next connection, attached: where it was, unless `offer` says something else. */
  async attach(offer: Json = {}, reconnected?: boolean): Promise<ShellClientLink> {
    const link = await this.arrival()
    const out = Number(link.query.get('received') ?? 0)
    link.confirm(reconnected ?? link.isBack, { out, live: out, in: 0, ...offer })
    return link
  }

  /** Asks the client to type a text. */
  send(text: string): void {
    this.client.instruct({ send: text })
  }

  /** All output that the client gave to its application. */
  get output(): string {
    return this.client.texts.join('')
  }

  /** The client has given so much output to its application. */
  async prints(text: string): Promise<void> {
    await this.client.reports.until(
      () => this.output.includes(text),
      `the client to write events whose texts are ${JSON.stringify(text)} together`,
    )
  }

  /** The client has reported so many missing bytes. */
  gap(bytes: number): Promise<Json> {
    return this.client.reported(({ gap }) => gap === bytes, { gap: bytes })
  }

  ended(how: string): Promise<Json> {
    return this.client.reported(({ ended }) => ended === how, { ended: how })
  }

  close(): Promise<void> {
    return this.client.close()
  }
}
