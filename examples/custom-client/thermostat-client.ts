import * as holdfast from '@holdfast/core'

type Out = { op: 'auth'; token: string } | { op: 'beat' } | { op: 'set'; id: string; room: string; celsius: number }
type In = { op: 'hello' | 'beat' } | { op: 'done'; id: string } | { op: 'changed'; room: string; celsius: number }

interface HouseOptions {
  transport: holdfast.Transport
  url: string
  /** Asked anew for every attempt. */
  token: () => Promise<string>
  onChange: (room: string, celsius: number) => void
}

/** A client that survives: `const house = connectHouse({ … }); await house.set('kitchen', 21)`. */
export function connectHouse({ transport, url, token, onChange }: HouseOptions) {
  // All that is special about this wire. Dialing, retrying, queues and half-open links are the engine's.
  const protocol: holdfast.ClientProtocol<In, Out> = {
    name: 'thermostat',
    codec: holdfast.jsonText(),
    liveness: holdfast.messagePing({ ping: () => ({ op: 'beat' }), isPong: (message) => message.op === 'beat' }),
    async handshake(link) {
      link.send({ op: 'auth', token: await token() })
      if ((await link.next()).op !== 'hello') throw new holdfast.CredentialsRefused()
    },
  }
  const connection = new holdfast.Connection({
    transport,
    target: url,
    protocol,
    onMessage: (message) => message.op === 'changed' && onChange(message.room, message.celsius),
  })
  const requests = new holdfast.Requests(connection, { answers: (m: In) => (m.op === 'done' ? m.id : undefined) })
  connection.connect()
  const set = (room: string, celsius: number) =>
    requests.ask((id): Out => ({ op: 'set', id, room, celsius }), { onDrop: 'carry' })
  return { set, connection }
}
