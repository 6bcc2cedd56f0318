/** A template that could not be carried out for one record; its message is what `__error_details__` says. */
export class TemplateError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'TemplateError'
  }
}
