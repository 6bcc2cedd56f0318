export { readLenientParameters as readLokiParameters } from '../../http/parameters.ts'
