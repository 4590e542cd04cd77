/** All of `@holdfast/contract`, for those who write a transport and have this package at hand. */

export * from '@holdfast/contract'
export * from '@holdfast/contract/channel'
