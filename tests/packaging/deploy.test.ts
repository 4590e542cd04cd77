import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { mayGoWithout, natsServerProgram } from '../../scripts/nats-server.ts'

const deploy = join(import.meta.dirname, '../../deploy')
const require = createRequire(import.meta.url)
const nats = natsServerProgram()

/** A matter of taste: what belongs together stands together here. */
const ORDER_RULES = ['service-keys-order', 'top-level-properties-order'] as const

interface Complaint {
  readonly rule: string
  readonly message: string
  readonly line: number
}

/** One object of a manifest, with what its kind's published schema says of it. */
interface Checked {
  readonly name: string
  readonly complaint: string | undefined
}

function checked(manifest: Record<string, unknown>): Checked {
  const { apiVersion, kind, metadata } = manifest as { apiVersion: string; kind: string; metadata: { name: string } }
  const group = apiVersion === 'v1' ? 'v1' : apiVersion
  const models = require(`kubernetes-models/${group}/${kind}`)
  const name = `${kind} ${metadata.name}`
  try {
    new models[kind](manifest).validate()
    return { name, complaint: undefined }
  } catch (error) {
    return { name, complaint: String(error) }
  }
}

describe('what is deployed', () => {
  it('is a compose file as its linter wants it', () => {
    const linter = join(import.meta.dirname, 'node_modules/.bin/dclint')
    const args = ['compose.yaml', '--formatter', 'json', '--disable-rule', ...ORDER_RULES]
    const { stdout } = spawnSync(linter, args, { cwd: deploy, encoding: 'utf8' })
    const reports: readonly { readonly messages: readonly Complaint[] }[] = JSON.parse(stdout)
    expect(Array.isArray(reports)).toBe(true)
    expect(
      reports.flatMap(({ messages }) => messages.map(({ rule, message, line }) => `${line} ${rule}: ${message}`)),
    ).toEqual([])
  })

  it('is a gateway under an init, without root, on a root that is read-only', () => {
    const image = readFileSync(join(deploy, 'Dockerfile'), 'utf8')
    expect(image).toMatch(/^ENTRYPOINT \["tini", "--", "node"/m)
    expect(image).toMatch(/^USER [1-9]\d*$/m)
    const compose = parse(readFileSync(join(deploy, 'compose.yaml'), 'utf8'), { merge: true })
    expect(compose.services['gateway-0']).toMatchObject({ read_only: true, tmpfs: ['/tmp'] })
    const [gateway] = parseAllDocuments(readFileSync(join(deploy, 'kubernetes.yaml'), 'utf8'))
      .map((document) => document.toJS())
      .filter(({ kind, metadata }) => kind === 'StatefulSet' && metadata.name === 'gateway')
    const { containers } = gateway.spec.template.spec
    expect(containers[0].securityContext).toMatchObject({
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
    })
    expect(containers[0].volumeMounts.map(({ mountPath }: { mountPath: string }) => mountPath)).toEqual([
      '/data',
      '/tmp',
    ])
  })

  it('is objects that the schemas of Kubernetes know', () => {
    const documents = parseAllDocuments(readFileSync(join(deploy, 'kubernetes.yaml'), 'utf8'))
    const objects = documents.map((document) => checked(document.toJS()))
    expect(objects.filter(({ complaint }) => complaint !== undefined)).toEqual([])
    expect(objects.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['StatefulSet nats', 'StatefulSet gateway', 'Service gateway']),
    )
  })

  it('is found faulty where it is', () => {
    const wrong = { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'x' }, spec: { replicas: 'three' } }
    expect(checked(wrong).complaint).toContain('replicas')
  })

  it('gives gateways only what they understand', () => {
    const settings = readFileSync(join(deploy, '../apps/gateway/src/generated/settings.ts'), 'utf8')
    const compose = parse(readFileSync(join(deploy, 'compose.yaml'), 'utf8'), { merge: true })
    const asked = Object.keys(compose.services['gateway-0'].environment)
    expect(asked.filter((name) => name.startsWith('HOLDFAST_') && !settings.includes(`"${name}"`))).toEqual([])
  })

  it.skipIf(mayGoWithout(nats) !== undefined)('is a configuration that nats-server takes', () => {
    if ('missing' in nats) throw new Error(nats.missing)
    const env = { ...process.env, NATS_NAME: 'nats-0', NATS_PASSWORD: 'p' }
    const { status, stderr } = spawnSync(nats.path, ['-t', '-c', join(deploy, 'nats.conf')], { env, encoding: 'utf8' })
    expect([status, stderr]).toEqual([0, expect.stringContaining('is valid')])
  })
})
