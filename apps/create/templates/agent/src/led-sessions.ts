import type { LedSessions } from '@holdfast/acp-host'
import type { Hub } from '@holdfast/server'

/** The agent's sessions are sessions of the hub: who may see and steer those may do so here, and the agent is their lead. */
export function ledSessions(hub: Hub): LedSessions {
  return {
    may(principal, access, session = '') {
      if (access === 'create') return hub.may(principal, 'create', session)
      return hub.finds(principal, access, session)
    },
    create: async (session, info) => (await hub.createSession(session, info)).close(),
    async lead(session, lost) {
      const handle = await hub.session(session)
      const lease = await handle.lead('agent', lost)
      return {
        fence: lease.fence,
        // The hub makes room where it writes.
        makeRoom: async () => void (await handle.publish('agent_progress', {})),
        release() {
          lease.release()
          handle.close()
        },
      }
    },
  }
}
