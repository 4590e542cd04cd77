import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Command, Option } from 'commander'
import { endpointOf, tokenOption, urlOption } from '../endpoint.ts'
import { EXIT } from '../exit-codes.ts'
import { credentialOf, kubeconfigOf } from '../kubeconfig.ts'
import { outputOn } from '../output.ts'
import { UserError } from '../user-error.ts'

interface KubeconfigOptions {
  readonly url: string
  readonly token?: string | undefined
  readonly ca?: string | undefined
  readonly exec?: boolean | undefined
  readonly credential?: boolean | undefined
  readonly out?: string | undefined
}

/** `holdfast kubeconfig`: the file with which kubectl reaches a gateway. */
export function kubeconfigCommand(): Command {
  return new Command('kubeconfig')
    .addOption(urlOption())
    .addOption(tokenOption())
    .option('--ca <file>', 'certificate (PEM) of who signed that of the gateway; NODE_EXTRA_CA_CERTS where it is set')
    .option('--exec', 'without the token: kubectl asks this command for it, which takes it from HOLDFAST_TOKEN')
    .option('-o, --out <file>', 'write it there, for its owner alone, instead of printing it')
    .addOption(new Option('--credential', 'what kubectl asks for').hideHelp())
    .addHelpText(
      'after',
      `
The gateway needs https and --kubernetes. Pods are gateway (its machine), shell-ID (a running shell), and those of --pod.

Examples:
  $ holdfast kubeconfig --url https://gateway.example -o ~/.kube/holdfast
  $ export KUBECONFIG=~/.kube/holdfast
  $ kubectl exec -it gateway -- bash
  $ kubectl attach -it shell-build
  $ kubectl cp notes.md gateway:/srv/notes.md`,
    )
    .action(async (options: KubeconfigOptions) => {
      const { url, token } = endpointOf(options)
      const out = outputOn(process.stdout)
      const err = outputOn(process.stderr)
      if (options.credential === true) return out.line(credentialOf(token))
      const ca = options.ca ?? (process.env['NODE_EXTRA_CA_CERTS'] || undefined)
      const config = kubeconfigOf({
        ...{ url, token, asks: options.exec === true },
        authority: ca === undefined ? undefined : read(ca),
      })
      const where = options.out ?? '~/.kube/holdfast'
      if (options.out === undefined) await out.write(config)
      else write(options.out, config)
      const has = options.exec === true ? '' : ' It has the token: keep it to yourself (chmod 600).'
      await err.line(
        options.out === undefined
          ? `Put this into ${where}, then: export KUBECONFIG=${where}.${has}`
          : `export KUBECONFIG=${resolve(where)}`,
      )
    })
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new UserError(`--ca: ${file} cannot be read.`, EXIT.usage, cause)
  }
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text, { mode: 0o600, flag: 'wx' })
  } catch (cause) {
    const isThere = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST'
    const why = isThere ? 'there is such a file already' : 'it cannot be written'
    throw new UserError(`--out ${file}: ${why}.`, EXIT.failed, cause)
  }
}
