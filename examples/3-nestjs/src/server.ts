import 'reflect-metadata'
import { ValidationPipe } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import type { NestExpressApplication } from '@nestjs/platform-express'
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger'
import { serve } from '../../shared/server/serve.ts'
import { AppModule } from './app.module.ts'
import { RefusalFilter } from './refusal.filter.ts'

const app = await NestFactory.create<NestExpressApplication>(AppModule, { logger: ['warn', 'error'] })
app.useGlobalPipes(new ValidationPipe({ whitelist: true, transform: true }))
app.useGlobalFilters(new RefusalFilter())
const swagger = new DocumentBuilder().setTitle('Uploads').build()
SwaggerModule.setup('api/docs', app, () => SwaggerModule.createDocument(app, swagger))
await app.init()
await serve(app.getHttpAdapter().getInstance(), () => app.close())
