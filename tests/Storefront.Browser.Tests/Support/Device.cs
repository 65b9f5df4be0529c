using Microsoft.Playwright;

namespace Storefront.Browser.Tests.Support;

/// <summary>The device of a shopper: its window, and whether it runs scripts.</summary>
public enum Device
{
    Phone,
    Desktop,
    PhoneWithoutScripts,
    DesktopWithoutScripts,
}

public static class Devices
{
    public static TheoryData<Device> All => [.. Enum.GetValues<Device>()];
    public static TheoryData<Device> WithScripts => [Device.Phone, Device.Desktop];

    public static bool RunsScripts(this Device device) => device is Device.Phone or Device.Desktop;

    public static bool IsSmall(this Device device) => device is Device.Phone or Device.PhoneWithoutScripts;

    internal static BrowserNewContextOptions Options(this Device device, Uri shop) => new()
    {
        BaseURL = shop.ToString(),
        ViewportSize = device.IsSmall() ? new() { Width = 360, Height = 740 } : new() { Width = 1280, Height = 900 },
        HasTouch = device.IsSmall(),
        JavaScriptEnabled = device.RunsScripts(),
        ReducedMotion = ReducedMotion.Reduce,
        Locale = "en-GB",
        TimezoneId = "Europe/Berlin",
    };
}
