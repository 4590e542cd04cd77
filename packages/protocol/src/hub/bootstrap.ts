import type { HubBootstrapFrame } from './generated/types.ts'

/** The bootstrap frame; `undefined` where there is nothing to send. Hub §2. */
export function hubBootstrapFrame(options: {
  readonly authorization?: string | undefined
  readonly orgId?: string | undefined
}): HubBootstrapFrame | undefined {
  const { authorization, orgId } = options
  if (!authorization && !orgId) return undefined
  return { ...(authorization ? { authorization } : {}), ...(orgId ? { org_id: orgId } : {}) }
}
