import { createHub, type Hub, memoryLog, SCOPES } from '@holdfast/server'
import Fastify, { type FastifyInstance } from 'fastify'

/** An application that was there before, and the hub beside its routes: one port, one set of users. */
export function application(users: ReadonlyMap<string, string>): { readonly app: FastifyInstance; readonly hub: Hub } {
  const app = Fastify()
  app.get('/', async () => 'the application')

  // From here on: the hub. `app.server` is a node:http server; Express and Hono have one, too.
  const hub = createHub({
    log: memoryLog(),
    authenticate: ({ bearer = '' }) => {
      const id = users.get(bearer)
      return id === undefined ? undefined : { id, scopes: new Set(SCOPES) }
    },
  })
  hub.attach(app.server)
  app.addHook('preClose', () => hub.close())

  // The application's own routes may speak into a session.
  app.post<{ Params: { id: string } }>('/deploys/:id', async ({ params }) => {
    const session = await hub.session(params.id)
    const seq = await session.publish('deploy_started', { by: 'the application' })
    session.close()
    return { seq }
  })
  return { app, hub }
}
