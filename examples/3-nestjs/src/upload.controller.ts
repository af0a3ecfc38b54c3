import { Body, Controller, Delete, HttpCode, Inject, Param, Post } from '@nestjs/common'
import { ApiCreatedResponse, ApiTags } from '@nestjs/swagger'
import { KeyDto, PresignDto, PresignPostDto, PresignedPostDto, PresignedUrlDto } from './upload.dto.ts'
import { UploadService } from './upload.service.ts'
import { Owner } from './owner.ts'

@ApiTags('upload')
@Controller()
export class UploadController {
  constructor(@Inject(UploadService) private readonly uploads: UploadService) {}

  /** Returns a URL to PUT one file of this type to. */
  @Post('upload/presigned-url')
  @ApiCreatedResponse({ type: PresignedUrlDto })
  presignUrl(@Owner() owner: string, @Body() body: PresignDto) {
    return this.uploads.presignUrl(owner, body)
  }

  /** Returns a policy to POST one file of this type and size. */
  @Post('upload/presigned-post')
  @ApiCreatedResponse({ type: PresignedPostDto })
  presignPost(@Owner() owner: string, @Body() body: PresignPostDto) {
    return this.uploads.presignPost(owner, body)
  }

  /** Checks the stored file and keeps it. */
  @Post('upload/confirm')
  @ApiCreatedResponse({ type: KeyDto })
  confirm(@Owner() owner: string, @Body() { key }: KeyDto) {
    return this.uploads.confirm(owner, key)
  }

  @Delete('api/images/:key')
  @HttpCode(204)
  remove(@Owner() owner: string, @Param('key') key: string) {
    return this.uploads.remove(owner, key)
  }
}
