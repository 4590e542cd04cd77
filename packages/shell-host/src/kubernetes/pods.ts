import { readlinkSync } from 'node:fs'
import type { ExecTarget, ShellTarget } from '@holdfast/protocol/shell'
import { shellError } from '../errors.ts'
import type { AdmissionRequest } from '../host/admission-request.ts'

/** Commands that have a pod of their own, by its name: what is executed in the pod is appended to its command. */
export type PodCommands = Readonly<Record<string, readonly string[]>>

/** The pod that is the machine of the gateway itself. */
export const HOST_POD = 'gateway'
/** Pods of running shells begin so. */
const SHELL_POD = 'shell-'
/** Executed with a terminal in the pod of a shell, these mean the shell itself. */
const SHELL_PROGRAM = /^(?:\/(?:usr\/)?bin\/)?(?:ba|da|a|z|k|fi)?sh$/

/** The name of the pod of a shell. */
export function podOf(shellId: string): string {
  return SHELL_POD + shellId
}

/** The id, or the name, of the shell that a pod's name means; `undefined` where it means none. */
export function shellOfPod(pod: string): string | undefined {
  return pod.startsWith(SHELL_POD) ? pod.slice(SHELL_POD.length) : undefined
}

/** What is known of a shell that a pod's name may mean. */
export interface PodShell {
  readonly shellId: string
  readonly sessionId: string
  readonly name: string | undefined
  readonly pid: number | undefined
}

/** Whether a pod's name means a shell: by its id, or by the name that a person gave it. */
export function isPodOf(pod: string, { shellId, name }: Pick<PodShell, 'shellId' | 'name'>): boolean {
  const wanted = shellOfPod(pod)
  return wanted !== undefined && (wanted === shellId || wanted === name)
}

/** What a request means where names of pods do. `find` gives the running shell of a pod that its sender may see. */
export async function inPod(
  request: AdmissionRequest,
  pods: PodCommands | undefined,
  find: (pod: string) => Promise<PodShell | undefined>,
): Promise<AdmissionRequest> {
  const { requested } = request
  if (requested.kind !== 'exec') return request
  const { target } = requested
  const isAttach = target.attach === true
  if (pods === undefined) {
    if (isAttach) throw notFound(target.pod)
    return request
  }
  const shell = await find(target.pod)
  if (shell !== undefined)
    return isAttach || meansShell(target) ? toShell(request, target, shell) : beside(target, shell)
  const own = target.pod === HOST_POD ? [] : pods[target.pod]
  if (own === undefined) throw notFound(target.pod)
  const command = [...own, ...target.command]
  if (command.length === 0) {
    throw shellError('shell/bad_request', `Nothing runs in the pod ${HOST_POD} that could be attached to: use exec.`)
  }
  return run(target, { command })

  function run(of: ExecTarget, change: Partial<ExecTarget>): AdmissionRequest {
    return { ...request, requested: { kind: 'exec', target: { ...of, ...change } } }
  }

  /** A program of its own, where the shell is. */
  function beside(of: ExecTarget, { pid }: PodShell): AdmissionRequest {
    return run(of, { cwd: of.cwd ?? folderOf(pid) })
  }
}

function meansShell({ command, tty, stdin }: ExecTarget): boolean {
  return tty && stdin && command.length === 1 && SHELL_PROGRAM.test(command[0] ?? '')
}

/** The running shell itself. That a client has no more to type does not end what the program reads. */
function toShell(request: AdmissionRequest, { stdin }: ExecTarget, shell: PodShell): AdmissionRequest {
  const { shellId, sessionId } = shell
  const target: ShellTarget = { shellId, sessionId, observe: !stdin }
  const dialect = { ...request.dialect, halfCloses: false, detaches: true }
  return { ...request, dialect, requested: { kind: 'shell', target }, mustExist: true }
}

/** Where a program is now, as far as the system says. */
function folderOf(pid: number | undefined): string | undefined {
  try {
    return pid === undefined ? undefined : readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return undefined
  }
}

function notFound(pod: string): Error {
  return shellError('shell/not_found', `pods ${JSON.stringify(pod.slice(0, 253))} not found`)
}
