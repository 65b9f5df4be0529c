using Microsoft.AspNetCore.Mvc;

namespace Storefront.Web.Pages;

/// <summary>303: what was posted is done, look there. A reload of the next page repeats nothing.</summary>
/// <param name="path">Begins with <c>~</c> where the public path of the shop belongs in front.</param>
internal sealed class SeeOther(string path) : StatusCodeResult(StatusCodes.Status303SeeOther)
{
    public override void ExecuteResult(ActionContext context)
    {
        base.ExecuteResult(context);
        context.HttpContext.Response.Headers.Location = path.StartsWith('~') ? context.HttpContext.Request.PathBase + path[1..] : path;
    }
}
