import type { IncomingMessage } from 'node:http'
import type { HoldfastError } from '@holdfast/contract'
import { type ErrorTable, requestUrl } from '@holdfast/gate/internals'
import { SHELL_ERROR_TABLE } from '../errors.ts'

const REASONS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  410: 'Gone',
  429: 'TooManyRequests',
  503: 'ServiceUnavailable',
}
const POD_PATH = /\/pods\/[^/]+\/(exec|attach)\/?$/

/** Refusals over HTTP as Kubernetes' `metav1.Status`, with the error for everybody else in it. */
export const KUBERNETES_ERRORS: ErrorTable = { ...SHELL_ERROR_TABLE, published: statusOf }

/**
 * The body of a refused upgrade at a path of Kubernetes, `metav1.Status` and nothing else: kubectl takes one that has more for
 * a text. `undefined` at other paths.
 */
export function podRefusal(request: IncomingMessage, error: HoldfastError): object | undefined {
  return POD_PATH.test(requestUrl(request)?.pathname ?? '') ? statusOf(error) : undefined
}

function statusOf({ code, message }: HoldfastError): object {
  const { status: http = 500 } = SHELL_ERROR_TABLE.rows[code] ?? {}
  const head = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' }
  return { ...head, message, reason: REASONS[http] ?? 'InternalError', code: http }
}
