import { createParamDecorator } from '@nestjs/common'
import type { ExecutionContext } from '@nestjs/common'
import type { IncomingMessage } from 'node:http'
import { userOf } from '../../shared/server/serve.ts'

/** The user who sent the request. */
export const Owner = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  userOf(context.switchToHttp().getRequest<IncomingMessage>()),
)
