using Microsoft.AspNetCore.Mvc;

namespace Storefront.Web.Pages;

/// <summary>303: what was posted is done, look there. A reload of the next page repeats nothing.</summary>
internal sealed class SeeOther(string path) : StatusCodeResult(StatusCodes.Status303SeeOther)
{
    public override void ExecuteResult(ActionContext context)
    {
        base.ExecuteResult(context);
        context.HttpContext.Response.Headers.Location = path;
    }
}
