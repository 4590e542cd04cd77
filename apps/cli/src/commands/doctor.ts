import { Command, InvalidArgumentError } from 'commander'
import {
  type ConnectionReport,
  checkHttp,
  checkHub,
  checkName,
  checkShells,
  checkStore,
  checkToken,
} from '../doctor/doctor-checks.ts'
import type { Finding } from '../doctor/doctor-messages.ts'
import { checkStream } from '../doctor/doctor-stream.ts'
import { endpointOf, tokenOption } from '../endpoint.ts'
import { EXIT } from '../exit-codes.ts'
import { type Output, outputOn } from '../output.ts'

interface DoctorOptions {
  readonly token?: string | undefined
  readonly timeout: number
  readonly json?: boolean | undefined
}

/** `holdfast doctor`: what is between here and a gateway, in words. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .argument('[url]', 'the gateway (default: HOLDFAST_URL, that of holdfast login, else this machine)')
    .addOption(tokenOption())
    .option('--timeout <seconds>', 'how long each check may take', secondsOf, 10)
    .option('--json', 'findings as lines of JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast doctor http://127.0.0.1:4600\n  $ holdfast doctor https://hub.example --json',
    )
    .action(async (url: string | undefined, options: DoctorOptions) => {
      const named = url ?? (process.env['HOLDFAST_URL'] || undefined)
      const report = { ...endpointOf({ url: named, token: options.token }), timeoutMs: options.timeout * 1_000 }
      process.exitCode = await doctor(report, options.json === true)
    })
}

async function doctor(report: ConnectionReport, json: boolean): Promise<number> {
  const out = outputOn(process.stdout)
  let isIll = false
  const print = async (finding: Finding): Promise<boolean> => {
    const isFailed = finding.result === 'failed'
    isIll ||= isFailed
    await (json ? out.json(finding) : out.line(lineOf(finding, out)))
    return !isFailed
  }
  const proxy = proxyFor(report.url)
  if (proxy !== undefined) {
    const hint = 'NO_PROXY leaves hosts out.'
    await print({ check: 'proxy', result: 'warning', text: `a proxy is set (${proxy})`, hint })
  }
  const isNamed = await print(await checkName(report.url))
  // Behind a proxy a name and a port need not be known here.
  if ((isNamed || proxy !== undefined) && ((await print(await checkHttp(report))) || proxy !== undefined)) {
    const store = await checkStore(report)
    if (store !== undefined) await print(store)
    const isLetIn = await print(await checkToken(report))
    await print(await checkHub(report))
    const stream = await checkStream(report)
    if (stream !== undefined) await print(stream)
    await print(await checkShells(report, isLetIn))
  }
  return isIll ? EXIT.failed : EXIT.ok
}

function secondsOf(text: string): number {
  const seconds = Number(text)
  if (seconds >= 0.1 && seconds <= 600) return seconds
  throw new InvalidArgumentError('Expected seconds, from 0.1 to 600.')
}

/** The proxy that is set for an address, without its credentials. */
function proxyFor(url: string): string | undefined {
  const { protocol, hostname } = new URL(url)
  const names = protocol === 'https:' ? ['https_proxy', 'HTTPS_PROXY'] : ['http_proxy', 'HTTP_PROXY']
  const set = [...names, 'all_proxy', 'ALL_PROXY'].map((name) => process.env[name]).find((value) => value)
  const exceptions = (process.env['no_proxy'] ?? process.env['NO_PROXY'] ?? '').split(',').map((part) => part.trim())
  if (set === undefined || exceptions.some((part) => part === '*' || (part !== '' && hostname.endsWith(part))))
    return undefined
  return URL.canParse(set) ? new URL(set).host : 'not a URL'
}

function lineOf({ check, result, text, hint }: Finding, { paint }: Output): string {
  const mark = { ok: paint.green('ok     '), warning: paint.yellow('warning'), failed: paint.red('failed ') }[result]
  return `${mark} ${check.padEnd(7)} ${text}${hint === undefined ? '' : `\n                ${paint.dim(hint)}`}`
}
