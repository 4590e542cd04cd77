import { expect, it } from 'vitest'
import { credentialOf, kubeconfigOf } from './kubeconfig.ts'

const URL = 'https://gateway.example/base'

it('a kubeconfig names server, authority and token', () => {
  const config = kubeconfigOf({ url: URL, token: 'geheim', asks: false, authority: 'PEM' })
  expect(config).toContain(`server: "${URL}"`)
  expect(config).toContain(`certificate-authority-data: ${Buffer.from('PEM').toString('base64')}\n`)
  expect(config).toContain('token: "geheim"')
})

it('the kubeconfig command has no secret where kubectl asks for it', () => {
  const config = kubeconfigOf({ url: URL, token: 'geheim', asks: true })
  expect(config).not.toContain('geheim')
  expect(config).toContain('command: holdfast')
  expect(config).not.toContain('certificate-authority-data')
  expect(JSON.parse(credentialOf('geheim'))).toMatchObject({ kind: 'ExecCredential', status: { token: 'geheim' } })
})

it.each([
  ['plain http', { url: 'http://a', token: 't', asks: false }],
  ['no token', { url: URL, token: undefined, asks: false }],
])('the kubeconfig command says what is missing: %s', (_name, parts) => {
  expect(() => kubeconfigOf(parts)).toThrow(/https|HOLDFAST_TOKEN/)
})
