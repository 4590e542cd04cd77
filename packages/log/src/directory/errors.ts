import { HoldfastError } from '@holdfast/contract'

/** A code that a directory throws or rejects with. */
export type ClusterErrorCode = 'cluster/bad_entry' | 'cluster/full' | 'cluster/unavailable' | 'cluster/closed'

/** The error codes of a directory: what each means, and what the caller can do. */
export const CLUSTER_ERRORS: Readonly<
  Record<ClusterErrorCode, { readonly sentence: string; readonly action: string }>
> = {
  'cluster/bad_entry': {
    sentence: 'The key or value of an entry is empty, too long, or not JSON.',
    action: 'Put less into it: where something is, not the thing itself.',
  },
  'cluster/full': {
    sentence: 'This node has reached its limit of entries in the directory.',
    action: 'Spread the load over more nodes, or raise maxEntries.',
  },
  'cluster/unavailable': {
    sentence: 'The directory cannot be reached at the moment.',
    action: 'Try again; entries that were put are kept and published later.',
  },
  'cluster/closed': {
    sentence: 'The directory was closed.',
    action: 'Nothing: this node has left the cluster.',
  },
}

/** An error of a directory. The code counts; {@link CLUSTER_ERRORS} explains it. */
export class ClusterError extends HoldfastError {
  override readonly name = 'ClusterError'
  declare readonly code: ClusterErrorCode

  constructor(code: ClusterErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(code, message, options)
  }
}
