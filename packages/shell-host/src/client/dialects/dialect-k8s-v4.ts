import type { Dialect } from './dialect.ts'
import { k8sV5 } from './dialect-k8s-v5.ts'

/** Kubernetes `v4.channel.k8s.io`: as v5, without half-close. */
export const k8sV4: Dialect = { ...k8sV5, name: 'k8s-v4', halfCloses: false }
