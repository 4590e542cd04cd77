import { UserError } from './user-error.ts'

const NAME = 'holdfast'
const CREDENTIALS = 'client.authentication.k8s.io/v1'

/** What {@link kubeconfigOf} is made of. */
export interface KubeconfigParts {
  /** Of the gateway, with the path before all others. */
  readonly url: string
  readonly token: string | undefined
  /** kubectl asks this command for the token, which then is not in the file. */
  readonly asks: boolean
  /** A certificate in PEM. @defaultValue the authorities that the system knows */
  readonly authority?: string | undefined
}

/**
 * A configuration of kubectl (`v1.Config`) for one gateway, as YAML.
 * @throws UserError without https: kubectl sends no token over plain http; without a token
 */
export function kubeconfigOf({ url, token, asks, authority }: KubeconfigParts): string {
  if (!url.startsWith('https:')) {
    throw new UserError('kubectl sends no token over plain http: give the https address of the gateway with --url.')
  }
  if (token === undefined && !asks) throw new UserError('Set HOLDFAST_TOKEN, or use --exec.')
  const data = authority === undefined ? undefined : Buffer.from(authority).toString('base64')
  return `apiVersion: v1
kind: Config
current-context: ${NAME}
clusters:
- name: ${NAME}
  cluster:
    server: ${JSON.stringify(url)}
${data === undefined ? '' : `    certificate-authority-data: ${data}\n`}contexts:
- name: ${NAME}
  context:
    cluster: ${NAME}
    user: ${NAME}
    namespace: default
users:
- name: ${NAME}
  user:
${asks ? asking(url) : `    token: ${JSON.stringify(token)}\n`}`
}

function asking(url: string): string {
  return `    exec:
      apiVersion: ${CREDENTIALS}
      command: holdfast
      args: ["kubeconfig", "--credential", "--url", ${JSON.stringify(url)}]
      interactiveMode: Never
`
}

/** What kubectl is answered that asks for the token (`ExecCredential`). @throws UserError without a token */
export function credentialOf(token: string | undefined): string {
  if (token === undefined) throw new UserError('Set HOLDFAST_TOKEN where kubectl runs.')
  return JSON.stringify({ kind: 'ExecCredential', apiVersion: CREDENTIALS, status: { token } })
}
