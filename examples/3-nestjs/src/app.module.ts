import { Module } from '@nestjs/common'
import { MessagesController } from './messages.controller.ts'
import { ResourcesModule } from './resources.module.ts'
import { UploadController } from './upload.controller.ts'
import { UploadService } from './upload.service.ts'

@Module({
  imports: [ResourcesModule],
  controllers: [UploadController, MessagesController],
  providers: [UploadService],
})
export class AppModule {}
