using System.Reflection;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using System.Security.Claims;

namespace Storefront.Web.Identity;

/// <summary>Names the policy a handler needs, where operating is not enough.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NeedsAttribute(string policy) : Attribute
{
    public string Policy => policy;
}

/// <summary>
/// Nothing in the back office is changed without the right to, nor by a form with a value that makes no sense: a page whose author forgot
/// about it is covered too.
/// </summary>
internal sealed class RequirePolicyFilter : IAsyncPageFilter
{
    public Task OnPageHandlerSelectionAsync(PageHandlerSelectedContext context) => Task.CompletedTask;

    public async Task OnPageHandlerExecutionAsync(PageHandlerExecutingContext context, PageHandlerExecutionDelegate next)
    {
        var request = context.HttpContext.Request;
        var needed = context.HandlerMethod?.MethodInfo.GetCustomAttribute<NeedsAttribute>()?.Policy
            ?? (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) ? Policies.Staff : Policies.Operate);
        if (HttpMethods.IsPost(request.Method) && !context.ModelState.IsValid)
        {
            context.Result = new BadRequestResult(); // what cannot be read must not count as what it is when nobody says anything
            return;
        }

        var authorization = context.HttpContext.RequestServices.GetRequiredService<IAuthorizationService>();
        if ((await authorization.AuthorizeAsync(context.HttpContext.User, needed)).Succeeded) await next();
        else context.Result = new ForbidResult();
    }
}

/// <summary>What the person who is looking may do, for the pages that offer it.</summary>
internal static class StaffPermissions
{
    public static bool MayOperate(this ClaimsPrincipal user) => user.IsInRole(Roles.Operator) || user.IsInRole(Roles.Admin);

    public static bool MayAdminister(this ClaimsPrincipal user) => user.IsInRole(Roles.Admin);

    /// <summary>Their email address, for the audit. The name of an account that began as a shopper's is a number.</summary>
    public static string Who(this ClaimsPrincipal user) =>
        user.FindFirstValue(ClaimTypes.Email) ?? throw new InvalidOperationException("Nobody is signed in.");
}
