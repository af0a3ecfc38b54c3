import { Catch } from '@nestjs/common'
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common'
import type { Response } from 'express'
import { Refusal, refusalBody } from '../../shared/server/refusal.ts'

@Catch(Refusal)
export class RefusalFilter implements ExceptionFilter<Refusal> {
  catch(refusal: Refusal, host: ArgumentsHost) {
    host.switchToHttp().getResponse<Response>().status(refusal.status).json(refusalBody(refusal))
  }
}
