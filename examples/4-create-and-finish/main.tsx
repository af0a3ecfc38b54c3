import { mount } from '../shared/client/mount.tsx'
import { contract } from './contract.ts'

mount(contract)
