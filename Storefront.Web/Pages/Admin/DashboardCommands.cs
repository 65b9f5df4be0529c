using System.Globalization;
using Microsoft.AspNetCore.Antiforgery;
using Storefront.Jobs.BackOffice;
using Storefront.Jobs.Orders;
using Storefront.Web.Identity;

namespace Storefront.Web.Pages.Admin;

/// <summary>
/// What people order Hangfire's dashboard to do: theirs to do, and the audit's to know first. A command that the audit could not take is
/// not carried out.
/// </summary>
internal static class DashboardCommands
{
    public static void UseDashboardCommands(this WebApplication app, string dashboard) => app.Use(async (http, next) =>
    {
        // Its pages ask for fresh figures by POST, too. What the dashboard refuses is no command.
        if (HttpMethods.IsPost(http.Request.Method) && http.Request.Path.StartsWithSegments(dashboard, out var command)
            && command != "/stats" && http.User.MayOperate()
            && await http.RequestServices.GetRequiredService<IAntiforgery>().IsRequestValidAsync(http))
        {
            string?[] subjects = http.Request.HasFormContentType ? http.Request.Form["jobs[]"].ToArray() : [];
            var ofJob = command.StartsWithSegments("/jobs/actions") ? command.Value!.Split('/', 5)[^1] : null; // as the dashboard reads it
            if (command.StartsWithSegments("/jobs") && !(ofJob is null ? subjects : [ofJob]).All(IsJobId))
            {
                http.Response.StatusCode = StatusCodes.Status400BadRequest;
                return;
            }

            await http.RequestServices.GetRequiredService<AuditTrail>().NoteAsync(
                new(http.User.Who(), AuditAction.Dashboard, $"{command.Value!.Trim('/')} {string.Join(", ", subjects)}".TrimEnd()),
                http.RequestAborted);
        }

        try
        {
            await next(http);
        }
        catch (InvalidOperationException) when (!HttpMethods.IsPost(http.Request.Method) && !http.Response.HasStarted)
        {
            // The dashboard looks for a form whatever the method is, where only a form makes sense.
            http.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
        }
    });

    private static bool IsJobId(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _);
}
