/** For the packages of this repository: the checks that are made of the schemas of what is stored, one for each name. */
export * from './generated/checks.ts'
