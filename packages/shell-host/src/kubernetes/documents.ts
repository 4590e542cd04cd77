import type { ShellListing } from '@holdfast/protocol/shell'
import { HOST_POD, podOf } from './pods.ts'

/** The version of Kubernetes whose clients these documents were written for. */
const MAJOR = '1'
const MINOR = '36'
const NAMESPACE = 'default'

/** Answers to `GET /version` (`version.Info`). */
export const VERSION: object = {
  major: MAJOR,
  minor: MINOR,
  gitVersion: `v${MAJOR}.${MINOR}.0+holdfast`,
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: '',
  platform: `${process.platform}/${process.arch}`,
}

/** `GET /api` (`metav1.APIVersions`). */
export const API_VERSIONS: object = { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] }

/** `GET /apis` (`metav1.APIGroupList`): there are no groups beside the core. */
export const API_GROUPS: object = { kind: 'APIGroupList', apiVersion: 'v1', groups: [] }

/** `GET /api/v1` (`metav1.APIResourceList`). */
export const API_RESOURCES: object = {
  kind: 'APIResourceList',
  groupVersion: 'v1',
  resources: [
    {
      name: 'namespaces',
      singularName: 'namespace',
      namespaced: false,
      kind: 'Namespace',
      verbs: ['get', 'list'],
      shortNames: ['ns'],
    },
    {
      name: 'pods',
      singularName: 'pod',
      namespaced: true,
      kind: 'Pod',
      verbs: ['get', 'list'],
      shortNames: ['po'],
      categories: ['all'],
    },
    { name: 'pods/attach', singularName: '', namespaced: true, kind: 'PodAttachOptions', verbs: ['create', 'get'] },
    { name: 'pods/exec', singularName: '', namespaced: true, kind: 'PodExecOptions', verbs: ['create', 'get'] },
  ],
}

/** The only namespace; whatever others are asked for has the same pods. */
export function namespaceNamed(name: string): object {
  return {
    kind: 'Namespace',
    apiVersion: 'v1',
    metadata: { name, uid: `namespace-${name}` },
    status: { phase: 'Active' },
  }
}

/** `GET /api/v1/namespaces`. */
export const NAMESPACES: object = {
  kind: 'NamespaceList',
  apiVersion: 'v1',
  metadata: { resourceVersion: '0' },
  items: [namespaceNamed(NAMESPACE)],
}

/** The machine of the gateway, or a configured command, as a pod. */
export function commandPod(name: string, namespace: string = NAMESPACE): object {
  return pod({
    name,
    namespace,
    uid: `pod-${name}`,
    phase: 'Running',
    container: name === HOST_POD ? 'host' : 'command',
  })
}

/** A shell as a pod: its one container is what runs in it. */
export function shellPod(shell: ShellListing, namespace: string = NAMESPACE): object {
  const { shellId, sessionId, running, exitCode, startedAt, name, title, program } = shell
  const phase = running ? 'Running' : exitCode === 0 ? 'Succeeded' : 'Failed'
  const annotations = { ...(name === undefined ? {} : { name }), ...(title === undefined ? {} : { title }), program }
  return pod({
    ...{ name: podOf(shellId), namespace, uid: `${sessionId}-${startedAt}`, phase, container: 'shell' },
    startedAt: new Date(startedAt).toISOString().replace(/\.\d+Z$/, 'Z'),
    annotations: Object.fromEntries(Object.entries(annotations).map(([key, value]) => [`holdfast/${key}`, value])),
  })
}

/** Pods together (`corev1.PodList`). */
export function podList(items: readonly object[]): object {
  return { kind: 'PodList', apiVersion: 'v1', metadata: { resourceVersion: '0' }, items }
}

function pod(parts: {
  readonly name: string
  readonly namespace: string
  readonly uid: string
  readonly phase: string
  readonly container: string
  readonly startedAt?: string
  readonly annotations?: Readonly<Record<string, string>>
}): object {
  const { name, namespace, uid, phase, container, startedAt, annotations } = parts
  const isRunning = phase === 'Running'
  const state = isRunning
    ? { running: { startedAt: startedAt ?? null } }
    : { terminated: { exitCode: phase === 'Failed' ? 1 : 0 } }
  const statuses = [
    { name: container, ready: isRunning, started: isRunning, restartCount: 0, image: '', imageID: '', state },
  ]
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { name, namespace, uid, resourceVersion: '0', creationTimestamp: startedAt ?? null, annotations },
    spec: { containers: [{ name: container, image: '', stdin: true, tty: true, resources: {} }] },
    status: {
      ...{ phase, startTime: startedAt, containerStatuses: statuses },
      conditions: [{ type: 'Ready', status: isRunning ? 'True' : 'False' }],
    },
  }
}
