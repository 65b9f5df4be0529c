using Storefront.Jobs.BackOffice;
using Storefront.Jobs.Orders;
using Storefront.Web.Identity;

namespace Storefront.Web.Pages.Admin;

/// <summary>Writes down what people order Hangfire's dashboard to do: it is theirs to do, and the audit's to know.</summary>
internal static class DashboardAudit
{
    public static void UseDashboardAudit(this WebApplication app, string dashboard) => app.Use(async (http, next) =>
    {
        await next(http);
        // Its pages ask for fresh figures by POST, too.
        if (HttpMethods.IsPost(http.Request.Method) && http.Request.Path.StartsWithSegments(dashboard, out var command)
            && command != "/stats" && http.Response.StatusCode < 300)
            await http.RequestServices.GetRequiredService<AuditTrail>().NoteAsync(Entry(http, command), CancellationToken.None);
    });

    // The command names its job, or its form names many.
    private static AuditEntry Entry(HttpContext http, PathString command)
    {
        var jobs = http.Request.HasFormContentType ? string.Join(", ", http.Request.Form["jobs[]"].ToArray()) : "";
        return new(http.User.Who(), AuditAction.Dashboard, $"{command.Value!.Trim('/')} {jobs}".TrimEnd());
    }
}
