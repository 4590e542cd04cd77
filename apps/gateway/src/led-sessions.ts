import type { LedSessions } from '@holdfast/acp-host'
import type { Principal } from '@holdfast/gate'
import type { Hub } from '@holdfast/server'

/** Agents' sessions as sessions of the hub: a principal that may find and steer those may do so here, and the agent is their lead. */
export function hubLedSessions(hub: Hub, node: string): LedSessions {
  const controls = async (principal: Principal, session: string): Promise<boolean> =>
    (await hub.finds(principal, 'control', session)) || (await hub.finds(principal, 'lead', session))
  return {
    may: async (principal, access, session = '') => {
      if (access === 'create') return hub.may(principal, 'create', session)
      return access === 'control' ? controls(principal, session) : hub.finds(principal, 'observe', session)
    },
    create: async (session, info) => (await hub.createSession(session, info)).close(),
    lead: async (session, lost) => {
      const handle = await hub.session(session)
      try {
        const lease = await handle.lead(`agent at ${node}`, lost)
        handle.ended.addEventListener('abort', lost, { once: true })
        return {
          fence: lease.fence,
          // The hub makes room where it writes.
          makeRoom: async () => void (await handle.publish('agent_progress', {})),
          release: () => {
            handle.ended.removeEventListener('abort', lost)
            lease.release()
            handle.close()
          },
        }
      } catch (error) {
        handle.close()
        throw error
      }
    },
  }
}
