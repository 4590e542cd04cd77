/** For the packages of this repository: the checks that are made of the hub's schemas, one for each name. */
export * from './hub/generated/checks.ts'
