using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;

namespace Storefront.Web.Hosting;

/// <summary>
/// A page that has nothing to do for a method, or for a form's name, would be shown without what it shows. It is refused instead.
/// The error page, which has to answer whatever failed, says so itself.
/// </summary>
internal sealed class OnlyKnownHandlers : IPageFilter
{
    public void OnPageHandlerExecuting(PageHandlerExecutingContext context)
    {
        if (context.HandlerMethod is not null || context.HandlerInstance is Pages.ErrorModel) return;
        var shown = HttpMethods.IsGet(context.HttpContext.Request.Method) || HttpMethods.IsHead(context.HttpContext.Request.Method);
        if (shown && context.ActionDescriptor.HandlerMethods.All(handler => handler.HttpMethod != HttpMethods.Get)) return; // words alone
        context.Result = new StatusCodeResult(shown ? StatusCodes.Status404NotFound : StatusCodes.Status405MethodNotAllowed);
    }

    public void OnPageHandlerSelected(PageHandlerSelectedContext context) { }

    public void OnPageHandlerExecuted(PageHandlerExecutedContext context) { }
}
