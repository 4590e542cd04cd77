import { silentLogger, systemClock } from '@holdfast/contract'
import { Entrance, hasScope, type RequestEndpoint, type RestCall, Router } from '@holdfast/gate/internals'
import type { ShellListing } from '@holdfast/protocol/shell'
import { type ShellRequestsOptions, shellsFor } from '../endpoint/shell-requests.ts'
import { shellError } from '../errors.ts'
import * as documents from './documents.ts'
import { HOST_POD, isPodOf, type PodCommands } from './pods.ts'
import { KUBERNETES_ERRORS } from './status.ts'

/** Options of {@link kubernetesRequests}. */
export interface KubernetesRequestsOptions
  extends Pick<
    ShellRequestsOptions,
    'authenticate' | 'origins' | 'proxies' | 'base' | 'list' | 'authorize' | 'remote' | 'logger'
  > {
  /** Commands with a pod of their own: the same as those of the host. */
  readonly pods: PodCommands
}

/**
 * As much of the API of Kubernetes as its clients ask for before `exec`, `cp` and `attach`: what there is, and pods. The
 * machine itself is the pod `gateway`; each shell that the principal may see is `shell-ID`; commands have names of their own.
 * Refusals are `metav1.Status`.
 */
export function kubernetesRequests(options: KubernetesRequestsOptions): RequestEndpoint {
  const { authenticate, logger = silentLogger, origins = [], proxies, base = '' } = options
  const inNamespace = '/api/v1/namespaces/{namespace}'
  const route = (path: string, body: object) => ({ method: 'GET' as const, path, run: () => ({ body }) })
  return new Router({
    bases: [base.replace(/\/+$/, '')],
    routes: [
      route('/version', documents.VERSION),
      route('/api', documents.API_VERSIONS),
      route('/apis', documents.API_GROUPS),
      route('/api/v1', documents.API_RESOURCES),
      route('/api/v1/namespaces', documents.NAMESPACES),
      {
        method: 'GET',
        path: inNamespace,
        run: ({ parameters }) => ({ body: documents.namespaceNamed(parameters['namespace'] ?? '') }),
      },
      { method: 'GET', path: '/api/v1/pods', run: async (call) => ({ body: await podsFor(call, options) }) },
      { method: 'GET', path: `${inNamespace}/pods`, run: async (call) => ({ body: await podsFor(call, options) }) },
      {
        method: 'GET',
        path: `${inNamespace}/pods/{pod}`,
        run: async (call) => ({ body: await podFor(call, options) }),
      },
    ],
    entrance: new Entrance({ authenticate, origins, proxies, clock: systemClock, logger }),
    errors: KUBERNETES_ERRORS,
    maxBodyBytes: 0,
    logger,
  })
}

async function podsFor(call: RestCall, options: KubernetesRequestsOptions): Promise<object> {
  const { namespace } = call.parameters
  const { shells } = await shellsFor(call.principal, options)
  const own = commandsFor(call, options).map((name) => documents.commandPod(name, namespace))
  const newestOfEach = new Map([...shells].reverse().map((shell) => [shell.shellId, shell]))
  return documents.podList([...own, ...[...newestOfEach.values()].map((shell) => documents.shellPod(shell, namespace))])
}

async function podFor(call: RestCall, options: KubernetesRequestsOptions): Promise<object> {
  const { namespace, pod = '' } = call.parameters
  if (commandsFor(call, options).includes(pod)) return documents.commandPod(pod, namespace)
  const { shells } = await shellsFor(call.principal, options)
  const fitting = shells.filter((shell) => isPodOf(pod, { ...shell, name: shell.name }))
  const shell: ShellListing | undefined = fitting.find(({ running }) => running) ?? fitting[0]
  if (shell === undefined) throw shellError('shell/not_found', `pods ${JSON.stringify(pod)} not found`)
  return documents.shellPod(shell, namespace)
}

/** Pods in which the principal may have something run: those who may use shells. */
function commandsFor({ principal }: RestCall, { pods }: KubernetesRequestsOptions): readonly string[] {
  return principal.grant === undefined && hasScope(principal, 'shell') ? [HOST_POD, ...Object.keys(pods)] : []
}
