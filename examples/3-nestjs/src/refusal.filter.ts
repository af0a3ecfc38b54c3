import { Catch } from '@nestjs/common'
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common'
import type { Response } from 'express'
import { Refusal } from '../../shared/server/refusal.ts'

@Catch(Refusal)
export class RefusalFilter implements ExceptionFilter<Refusal> {
  catch({ status, message }: Refusal, host: ArgumentsHost) {
    host.switchToHttp().getResponse<Response>().status(status).json({ error: message })
  }
}
