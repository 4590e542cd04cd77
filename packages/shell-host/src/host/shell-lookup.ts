import type { Principal } from '@holdfast/gate/internals'
import { isPodOf } from '../kubernetes/pods.ts'
import type { Shell } from '../shell/shell.ts'
import type { AdmissionRequest, AttachPlan } from './admission-request.ts'
import { type AuthorizeShell, permissionsOf, subjectOf } from './authorization.ts'
import type { ShellRegistry } from './shell-registry.ts'

type AllPermissions = Awaited<ReturnType<typeof permissionsOf>>

/** Which shell a request means, as far as its principal may see it. */
export class ShellLookup {
  readonly #registry: ShellRegistry
  readonly #authorize: AuthorizeShell

  constructor(registry: ShellRegistry, authorize: AuthorizeShell) {
    this.#registry = registry
    this.#authorize = authorize
  }

  /**
   * The principal's own, else the newest that it may at least observe. One that it may not see is as if it were not there,
   * so that the ids of others cannot be found out.
   */
  async find(
    { requested, principal }: AdmissionRequest,
    plan: AttachPlan,
  ): Promise<{ readonly shell: Shell; readonly permissions: AllPermissions } | undefined> {
    if (requested.kind === 'exec') return undefined
    const named = this.#registry.named(plan.shellId, requested.target.sessionId)
    const isOwn = ({ owner }: Shell): boolean => owner === principal.id
    for (const shell of [...named.filter(isOwn), ...named.filter((one) => !isOwn(one))]) {
      const permissions = await this.permissions(principal, shell, plan)
      if (permissions.observe || permissions.write) return { shell, permissions }
    }
    return undefined
  }

  /** The running shell of a pod: the principal's own, else the newest that it may see. */
  async inPod(principal: Principal, pod: string): Promise<Shell | undefined> {
    const fitting = [...this.#registry].filter((one) => one.end === undefined && !one.isKilled && isPodOf(pod, one))
    const isOwn = ({ owner }: Shell): boolean => owner === principal.id
    for (const shell of [...fitting.filter((one) => !isOwn(one)), ...fitting.filter(isOwn)].reverse()) {
      const may = await permissionsOf(this.#authorize, principal, subjectOf(shell, shell.shellId, shell.sessionId))
      if (may.observe || may.write) return shell
    }
    return undefined
  }

  /** What the principal may do with this shell, or with one that is not there yet. */
  permissions(principal: Principal, shell: Shell | undefined, plan: AttachPlan): Promise<AllPermissions> {
    return permissionsOf(this.#authorize, principal, subjectOf(shell, plan.shellId, plan.sessionId))
  }

  /** What was found is there still; where nothing was, the same principal may have been faster on another connection. */
  stillThere(admitted: {
    readonly request: AdmissionRequest
    readonly plan: AttachPlan
    readonly found: Shell | undefined
  }): Shell | undefined {
    const { request, plan, found } = admitted
    if (request.requested.kind === 'exec') return undefined
    if (found !== undefined) return this.#registry.has(found) ? found : undefined
    return this.#registry.named(plan.shellId, plan.sessionId).find(({ owner }) => owner === request.principal.id)
  }
}
